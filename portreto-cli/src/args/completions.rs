use clap::Args;
use clap_complete::Shell;

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  portreto completions bash > ~/.local/share/bash-completion/completions/portreto
  portreto completions fish > ~/.config/fish/completions/portreto.fish";
