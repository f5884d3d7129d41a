"""Shape: schemas printed from the contract, and the two judges that hold a message against them."""
