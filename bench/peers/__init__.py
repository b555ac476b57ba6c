"""What the platform is compared with: the obvious way to build it, and the least that could be done."""
