//! What others' tools say of the policies that are written for them.
