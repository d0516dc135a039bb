"""Photos to drawings in one direction, learned with projected discriminators (Sauer et al. 2021)."""
