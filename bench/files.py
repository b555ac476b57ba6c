"""Write one sample file: `python -m bench.files PATH ROWS SEED`."""

import json
import sys
from pathlib import Path

from registry.imports.sample import sample_rows, write_sample

if __name__ == "__main__":
    path, rows, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    print(json.dumps({"rows": write_sample(path, sample_rows(rows, seed))}))
