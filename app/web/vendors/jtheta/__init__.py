"""JTheta, as its own SDK and its documentation speak it: two families of paths over one set of calls."""
