from srm_lab.cli import main
raise SystemExit(main(["train", "chain-mixed"]))
