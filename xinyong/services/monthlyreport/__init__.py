"""归集月报 as a PDF beside the workbook, and its issue: what was sent out stays as it was sent."""
