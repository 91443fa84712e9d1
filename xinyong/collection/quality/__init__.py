"""归集 quality: seven dimensions, 上报率, score cards, the monthly report and 重错码治理."""
