"""A stranger's code in a process of its own: arrays in, arrays out, nothing trusted.

    with Sandbox(Source.of("net.py"), Limits()) as box:
        box.inventory.found
        box.call("softmax", u).value

See docs/en/sandbox.md for what it defends against, and what it does not.
"""
