"""`make bench`: the platform's speed as ratios to limits and peers measured in the same run (`python -m bench`)."""
