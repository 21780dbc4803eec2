"""The receiver on this machine: an emulated AWS, template.yaml's stores, the real handler behind HTTP."""
