"""The interface document in the trade's form (接口报文规范): printed from the contract, for whoever builds the other end."""
