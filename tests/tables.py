"""HTML taken apart: its tables, its tags, and the rest of its text."""

from html.parser import HTMLParser


class Tables(HTMLParser):
    """Tables as lists of rows of cells, the tags in order, and the text outside of tables."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.text, self.within = [], [], "", 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.within += 1

    def handle_endtag(self, tag):
        self.within -= tag in ("td", "th")

    def handle_data(self, data):
        if self.within:
            self.tables[-1][-1][-1] += data
        else:
            self.text += data
