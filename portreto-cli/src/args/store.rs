use clap::{Args, Subcommand, value_parser};
use portreto_core::replica::StoreId;

/// List, add, drain and remove stores
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Store {
    #[command(subcommand)]
    pub(crate) command: StoreCommand,
}

/// What to do with stores.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// List the stores and how they are
    List {
        /// Print one JSON object for each store
        ///
        /// Print one JSON object for each store: id, url, state, weight, offline, and what is known of it: read_only,
        /// read_p95_ms, conditional_puts.
        #[arg(long)]
        json: bool,
    },
    /// Add a store; the home is made if there is none
    Add {
        /// A directory, or a URL such as file:///mnt/disk/portreto or s3://bucket/prefix
        ///
        /// A directory, or a URL such as file:///mnt/disk/portreto or s3://bucket/prefix.
        ///
        /// Options of a bucket are in the query of its URL: endpoint=URL, region=NAME, allow_http=true,
        /// virtual_hosted_style_request=true, ca=FILE for certificates of your own, answer_timeout=SECONDS.
        /// Credentials are in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY; GOOGLE_…, AZURE_…),
        /// with env=NAS in NAS_ACCESS_KEY_ID and so on, so that each store may have its own.
        ///
        /// An upload that is killed leaves parts of large files in S3 and Google's buckets, which no listing shows: give the
        /// bucket a lifecycle rule that aborts incomplete multipart uploads after a day.
        #[arg(value_name = "URL")]
        url: String,

        /// Its id, for good [default: the next free letter]
        #[arg(long, value_name = "ID")]
        id: Option<StoreId>,

        /// Its share of new images relative to the other stores
        #[arg(long, value_name = "N", default_value = "1", value_parser = value_parser!(u32).range(1..=1_000_000))]
        weight: u32,

        /// Print the store as a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Stop writing to a store and move what it holds to the others
    ///
    /// Stop writing to a store and move what it holds to the others. It is read until each copy is where it belongs
    /// without it. Interrupted, it goes on when it is run again. Exit code 0 when the store holds nothing any more, 1
    /// when something is left.
    Drain {
        /// The store's id
        #[arg(value_name = "ID")]
        id: StoreId,

        /// Only stop writing to it; `repair` then moves what it holds
        #[arg(long)]
        later: bool,

        /// Print the store as a JSON object, with what was found and is left in it
        #[arg(long)]
        json: bool,
    },
    /// Forget a store; its bytes stay where they are
    Remove {
        /// The store's id
        #[arg(value_name = "ID")]
        id: StoreId,

        /// Even if it holds the last copy of something
        #[arg(short, long)]
        force: bool,
    },
}

const EXAMPLES: &str = "\
Examples:
  portreto store list
  portreto store add /mnt/other-disk/portreto
  portreto store add s3://photos/portreto --weight 2
  portreto store add 's3://photos?endpoint=https://nas:9000&ca=/etc/nas.pem&env=NAS'
  portreto store drain a && portreto store remove a";
