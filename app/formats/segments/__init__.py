"""What Segments.ai's categories, labels and releases mean. It must not know whose they are, or HTTP."""
