import sys
from srm_lab.cli import main
sys.exit(main(sys.argv[1:]))
