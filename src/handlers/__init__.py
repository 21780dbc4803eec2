"""The doors: what AWS Lambda calls, and the words of every answer."""

import gc

# Imports and large deliveries make many small objects without circular references. By default, looking for
# such references takes a tenth of a cold start. So this comes before all other imports.
gc.set_threshold(200_000)
