"""An app with everything the protocol stores, none of it under the protocol's names."""
