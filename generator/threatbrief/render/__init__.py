"""The libraries that make bytes: Jinja2, Python-Markdown, Typst; and the one place that defangs."""
