"""The pack language, pure: YAML with places, its schema, expressions, the compiled pack or every located error.

- document: text → values that know where they stand
- schema: the shape of documents, for checking and for editors
- expressions: CEL with three-valued logic → one generated function
- compile: document → `troth.model.pack.Pack`, or all its problems
- lint: a pack that compiles → what is probably not meant
- render: problems with the line that they are about
"""
