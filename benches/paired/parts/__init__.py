"""What is measured: each part has the name it is called by, and `measure(plan)`."""
