"""Wire: boxes of files that both ends share, each file visible only when it is whole."""
