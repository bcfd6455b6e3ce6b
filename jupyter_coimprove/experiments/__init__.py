"""How it is put to the test: design, binding, power, prediction."""
