"""How answers look: text, and widgets for kernels."""
