"""`mystack bench`: a layer's success metrics, measured. One module a layer: `layer1.measure`, `layer2.measure`, …"""
