"""Reads runs that other tools have tracked: MLflow, Weights & Biases, TensorBoard, Optuna."""
