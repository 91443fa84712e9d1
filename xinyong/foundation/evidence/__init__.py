"""存证: what was written becomes a leaf of two Merkle trees (SHA-256 and SM3), so that changes show.

`entries.enter` writes a leaf in the transaction of what it tells. `sealing.seal` takes what is committed and unsealed
into the trees, in batches, off the hot path. `proofs` proves; `checking` compares the database with the trees.
"""
