"""Faults: what is cancelled, cut, lost, killed or hostile changes nothing else."""
