//! Go's fmt: `%v` and the rest.
