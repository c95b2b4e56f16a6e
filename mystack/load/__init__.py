"""`mystack load`: a layer's behaviour under overload, measured from other processes on this machine."""
