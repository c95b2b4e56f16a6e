"""`mystack load`: what a layer does under more than it can do, measured from other processes on this machine."""
