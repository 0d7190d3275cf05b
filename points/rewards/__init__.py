"""What points are redeemed for: the rules, who delivers, and what members may read of it."""
