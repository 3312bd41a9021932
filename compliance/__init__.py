"""`make compliance`: what shows an auditor that the promises are kept, gathered into one report."""
