"""troth: the layer between a firm and its customers that makes what is said true."""
