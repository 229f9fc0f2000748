//! Two buckets as one: what a line does to the bytes of one is made good by the other.

use std::collections::HashMap;

use portreto_store::{Replicas, replicas::Opener};

use super::*;
use crate::wire::Fault;

#[tokio::test(start_paused = true)]
async fn no_line_makes_a_reader_see_a_wrong_byte() {
    use Fault::*;
    for fault in
        [FlipBack, Cut, Stall, Old, Hang, Slow(seconds(4)), Status(500, "x", None), NotSent]
    {
        for broken in 0..2 {
            let wires = [Wire::new(), Wire::new()];
            let entries = [entry(1, "s3://photos/a"), entry(2, "s3://photos/b")];
            let mut places: HashMap<String, Arc<dyn Place>> = HashMap::new();
            for (wire, entry) in wires.iter().zip(&entries) {
                let place = place(wire);
                place.found(&Marker::new(entry, Timestamp::UNIX_EPOCH, Vec::new())).await.unwrap();
                places.insert(entry.url.clone(), place);
            }
            let opener: Opener = Arc::new(move |url| Ok(places[url].clone()));
            let replicas = Replicas::attach_with(opener, entries.to_vec()).await;
            let (key, bytes) = blob(vec![5; 1000]);
            // So that there is something older to be mistaken for it.
            for wire in &wires {
                let other = place(wire);
                other.put(&key, Bytes::from_static(b"older")).await.unwrap();
            }
            replicas.put(&key, bytes.clone()).await.unwrap();
            wires[broken].always("GET blobs", fault);
            for _ in 0..3 {
                assert_eq!(replicas.get(&key).await.unwrap(), bytes, "{fault:?} of {broken}");
            }
        }
    }
}
