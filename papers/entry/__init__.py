"""The 入境货物检验检疫证明 on paper and as words."""
