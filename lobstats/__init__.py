"""Does a generated limit order book stream behave like the market?"""
