"""`mystack bench`: a layer's success metrics, measured. One module per layer: `layer1.measure`, `layer2.measure`, …"""
