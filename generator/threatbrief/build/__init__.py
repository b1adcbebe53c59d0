"""From knowledge base to files: artifacts, the render runner, and the journalled swap into the site."""
