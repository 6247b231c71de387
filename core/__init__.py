"""Where does a rice classifier look? The core: models and Grad-CAM, without any user interface."""
