//! What the template may know of the outside.
