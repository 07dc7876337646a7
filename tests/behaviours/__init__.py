"""What the tests of the protocol's Rust SDK assert, each proven here or diverged from with a reason."""
