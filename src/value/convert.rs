//! From one Go type to another, as the functions of the library do it.
