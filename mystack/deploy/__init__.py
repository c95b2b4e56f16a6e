"""`mystack deploy`: releases replace each other, one instance at a time, behind a proxy."""
