use clap::Args;

/// Show every setting, its value, and where it comes from
///
/// A flag wins over the environment, the environment over the file, and the file over the default. The
/// file is portreto.toml in the home; in the environment a setting such as limits.pixels is
/// `PORTRETO_LIMITS_PIXELS`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Config {
    /// Print one JSON object for each setting
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example of portreto.toml:
  stores = [\"/mnt/a/portreto\", \"s3://photos/portreto\"]  # of a new home
  concurrency = 8
  grace = \"72h\"

  [limits]
  pixels = 200_000_000

  [presets]  # texts of transforms, used as preset:NAME or --preset NAME
  thumbnail = \"resize:320x320:cover:gravity=attention,jpg:quality=75\"";
