"""What every part of the interop suite stands on: processes, packages, brokers, raw frames, the report."""
