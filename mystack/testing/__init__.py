"""`mystack test`: which tests run where, in how many processes, and what the summary says of them."""
