"""What ministack does not do as AWS does, closed one gap a file.

These modules run in ministack's own environment, inside its process (see launcher.py). They aim to
be at least as strict and as nasty as AWS: where AWS refuses, they refuse; where AWS delivers twice
or late, they do. Everything here was written against ministack 1.5.33, which is pinned exactly.
"""
