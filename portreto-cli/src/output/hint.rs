//! Errors that say what to do, and how a chain of errors becomes one line.

use std::{error::Error, fmt};

/// An error together with what the user can do about it; shows itself as the error.
#[derive(Debug)]
pub(crate) struct Hinted {
    error: anyhow::Error,
    hint: String,
}

impl Hinted {
    /// What the user can do.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.chain().nth(1)
    }
}

/// An error together with what the user can do about it.
pub(crate) fn hinted(error: impl Into<anyhow::Error>, hint: impl Into<String>) -> anyhow::Error {
    Hinted { error: error.into(), hint: hint.into() }.into()
}

/// An error and its sources as one line, outermost first. A clause that repeats its source is said once.
pub(crate) fn one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut said = line.clone();
    let mut next = error.source();
    while let Some(source) = next {
        let clause = source.to_string();
        // Some libraries print their source within their own text.
        if !said.ends_with(&clause) {
            line.push_str(": ");
            line.push_str(&clause);
            said = clause;
        }
        next = source.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_said_once() {
        let error = anyhow::anyhow!("no room").context("cannot write a.jpg: no room");
        assert_eq!(one_line(error.as_ref()), "cannot write a.jpg: no room");

        let error = hinted(anyhow::anyhow!("c").context("b").context("a"), "do d");
        assert_eq!(one_line(error.as_ref()), "a: b: c");
        assert_eq!(error.downcast_ref::<Hinted>().unwrap().hint(), "do d");
    }
}
