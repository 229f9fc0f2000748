//! What the library has counted: calls of the stores, and renders.

use std::fmt;

use portreto_store::{Portreto, Times};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};

/// Asked at each scrape.
#[derive(Debug)]
pub(super) struct Home(pub(super) Portreto);

impl Collector for Home {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let stores = self.0.store_calls();
        let help = "Calls of a store by their kind, and how they ended";
        let mut calls =
            encoder.encode_descriptor("store_calls", help, None, MetricType::Counter)?;
        for (store, tallies) in &stores {
            for tally in tallies {
                let good = tally.times.count.saturating_sub(tally.missing + tally.failed);
                for (outcome, n) in
                    [("ok", good), ("missing", tally.missing), ("failed", tally.failed)]
                {
                    let labels =
                        [("store", store.as_str()), ("kind", tally.kind), ("outcome", outcome)];
                    calls.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&n, None)?;
                }
            }
        }
        let help = "Bytes read from a store and kept in it";
        let mut bytes =
            encoder.encode_descriptor("store_bytes", help, None, MetricType::Counter)?;
        for (store, tallies) in &stores {
            for tally in tallies.iter().filter(|tally| matches!(tally.kind, "get" | "put")) {
                let labels = [("store", store.as_str()), ("kind", tally.kind)];
                let n = tally.bytes;
                bytes.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&n, None)?;
            }
        }
        let help = "Time of the calls of a store";
        let mut times =
            encoder.encode_descriptor("store_call_seconds", help, None, MetricType::Histogram)?;
        for (store, tallies) in &stores {
            for tally in tallies {
                let labels = [("store", store.as_str()), ("kind", tally.kind)];
                histogram(&mut times.encode_family(&labels)?, &tally.times)?;
            }
        }
        let renders = self.0.renders();
        let help = "Operations done to pictures, by their names";
        let mut operations =
            encoder.encode_descriptor("operations", help, None, MetricType::Counter)?;
        for (operation, n) in &renders.operations {
            let labels = [("operation", operation.as_str())];
            operations.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(n, None)?;
        }
        let help = "Time of rendering, from the bytes of an original to those of its variants";
        let mut times =
            encoder.encode_descriptor("render_seconds", help, None, MetricType::Histogram)?;
        histogram(&mut times, &renders.times)
    }
}

fn histogram(encoder: &mut MetricEncoder<'_>, times: &Times) -> Result<(), fmt::Error> {
    encoder.encode_histogram::<NoLabelSet>(times.seconds, times.count, &times.buckets, None)
}
