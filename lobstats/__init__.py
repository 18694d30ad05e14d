"""Tell whether a generated limit order book stream behaves like the market."""
